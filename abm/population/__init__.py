"""Synthetic residents, households, employers and jobs that meet the official margins."""
