{{- define "meadow.label" -}}
{{ .Chart.Name }}-{{ .Release.Name }}
{{- end -}}
