"""OCI registries as homes of charts: references, who we are there, the requests, and charts as manifests and layers."""
