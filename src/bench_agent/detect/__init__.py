"""From samples and series to suspicions and verdicts. Pure: values in, values out."""
