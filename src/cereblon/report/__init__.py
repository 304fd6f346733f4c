"""Pictures and pages of ready tables; computes no statistic. Pages and charts are imported on demand: they are heavy."""

from cereblon.report.contents import ReportContents as ReportContents
