{{- define "own" }}own of {{ .Chart.Name }}{{ end -}}
{{- define "shared" }}of the orchard{{ end -}}
