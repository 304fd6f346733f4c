"""Pictures and pages of ready tables; computes no statistic. What is heavy is imported on demand."""

from cereblon.report.contents import ReportContents as ReportContents
