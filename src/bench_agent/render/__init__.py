"""From a finished report to what people see. No judgement: what is not in the report is not shown."""
