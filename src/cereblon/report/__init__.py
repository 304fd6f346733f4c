"""Pictures and pages of ready tables; computes no statistic. What is heavy is imported on demand."""

from cereblon.report.report_data import ReportData as ReportData
