"""When an object counts as ready, by kind: kstatus' rules (Helm 4's watcher) and Helm 3's (the legacy poller). Pure."""
