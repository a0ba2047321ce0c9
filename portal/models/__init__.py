from portal.models.reports import ReportCode, ReportFile, ReportSubscription

__all__ = ["ReportCode", "ReportFile", "ReportSubscription"]
