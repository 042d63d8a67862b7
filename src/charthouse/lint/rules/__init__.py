"""The rules of helm v4.3.1 `pkg/chart/v2/lint/rules`: each module's ``check`` notes what it finds in Helm's words."""
