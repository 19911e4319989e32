"""A change measured in a job: which versions the event means, measuring them, and telling the service that runs the job."""
