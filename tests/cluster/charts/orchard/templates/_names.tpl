{{- define "orchard.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end -}}
