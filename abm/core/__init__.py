"""The compiled core: state, keyed random numbers and the monthly phases."""
