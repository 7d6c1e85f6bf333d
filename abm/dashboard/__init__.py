"""The dashboard: pick or edit a scenario, move its levers, and watch paired worlds in a browser.

:mod:`abm.dashboard.levers` and :mod:`abm.dashboard.job` know nothing of a browser; :mod:`abm.dashboard.app`
is the page, built with Solara as Mesa's own visualisation is.
"""
