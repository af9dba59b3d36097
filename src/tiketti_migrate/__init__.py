"""Move a helpdesk into and out of Tiketti: nothing twice, nothing lost, nobody e-mailed."""

__all__ = ["__version__"]

__version__ = "0.1.0"
