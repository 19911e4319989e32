"""Work spread over the workers of a Dask cluster: on this machine, or at an address."""
