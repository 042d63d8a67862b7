{{/* The suffix of names outside Tiller's namespace: a second Tiller must not take over the first one's rights. */}}
{{- define "tiller.suffix" -}}
{{- if ne .Release.Namespace "kube-system" }}-{{ .Release.Namespace }}{{ end -}}
{{- end }}

{{/* What a Helm 2 client finds Tiller by; also the selector, which must stay as Helm 2 made it to be upgraded. */}}
{{- define "tiller.selector" -}}
app: helm
name: tiller
{{- end }}

{{- define "tiller.labels" -}}
{{ include "tiller.selector" . }}
app.kubernetes.io/name: tiller
app.kubernetes.io/part-of: charthouse
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Values.managedBy | default .Release.Service }}
tiller.charthouse.dev/namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "tiller.image" -}}
{{ .Values.image.name | default (printf "localhost/charthouse/tiller:%s" .Chart.AppVersion) }}
{{- end }}

{{/* The names the server's certificate is good for, a JSON list. */}}
{{- define "tiller.hosts" -}}
{{- $service := printf "tiller-deploy.%s" .Release.Namespace -}}
{{ list (printf "%s.svc" $service) (printf "%s.svc.cluster.local" $service) $service "tiller-deploy" "localhost" | toJson }}
{{- end }}

{{/*
Certificate, key and authority of the server, base64, as a JSON map: those given, those of the last revision (a new
authority at every upgrade would leave clients behind that know the old one), or new ones. Kept for the whole render,
since several templates ask.
*/}}
{{- define "tiller.certificates" -}}
{{- if not (hasKey .Values "_certificates") -}}
  {{- $given := .Values.certificates -}}
  {{- $pair := (lookup "v1" "Secret" .Release.Namespace "tiller-secret").data | default dict -}}
  {{- $known := (lookup "v1" "ConfigMap" .Release.Namespace "charthouse-tiller-ca").data | default dict -}}
  {{- $made := dict -}}
  {{- if and $given.certificate $given.key $given.authority -}}
    {{- $made = dict "certificate" ($given.certificate | b64enc) "key" ($given.key | b64enc) "authority" ($given.authority | b64enc) -}}
  {{- else if and (index $pair "tls.crt") (index $pair "tls.key") (index $known "ca.crt") -}}
    {{- $made = dict "certificate" (index $pair "tls.crt") "key" (index $pair "tls.key") "authority" (index $known "ca.crt" | b64enc) -}}
  {{- else -}}
    {{- $days := int $given.days -}}
    {{- $hosts := include "tiller.hosts" . | fromJsonArray -}}
    {{- $authority := genCAWithKey "charthouse-tiller" $days (genPrivateKey "ecdsa") -}}
    {{- $server := genSignedCertWithKey "tiller-deploy" (list "127.0.0.1") $hosts $days $authority (genPrivateKey "ecdsa") -}}
    {{- $made = dict "certificate" ($server.Cert | b64enc) "key" ($server.Key | b64enc) "authority" ($authority.Cert | b64enc) -}}
  {{- end -}}
  {{- $_ := set .Values "_certificates" $made -}}
{{- end -}}
{{ .Values._certificates | toJson }}
{{- end }}

{{- define "tiller.subject" -}}
- kind: ServiceAccount
  name: {{ .Values.serviceAccount.name }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* Names of service accounts by namespace, of a list of NAMESPACE:NAME, as a JSON map. */}}
{{- define "tiller.accounts" -}}
{{- $found := dict -}}
{{- range . -}}
  {{- $parts := splitList ":" . -}}
  {{- $names := get $found (first $parts) | default list -}}
  {{- $_ := set $found (first $parts) (append $names (last $parts)) -}}
{{- end -}}
{{ $found | toJson }}
{{- end }}
