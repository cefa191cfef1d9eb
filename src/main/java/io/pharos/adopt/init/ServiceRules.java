package io.pharos.adopt.init;

import io.pharos.adopt.init.RequestMetrics.Durations;
import io.pharos.adopt.init.RequestMetrics.Requests;
import java.util.Optional;

/// The alert rules of a service as a rule file.
final class ServiceRules {
  /* Why the numbers are what they are. A page wants evidence: five failed requests at least, so that
   * an unlucky one at night wakes nobody, and a ratio that holds over two minutes and still over the
   * last one, so that nothing pages for what is over. An alert about a ratio would end when the
   * metrics stop coming; each rule therefore holds itself (by ALERTS) while there is nothing to
   * judge, since unknown is not well. The keep_firing_for are such that a cause outlasts its
   * consequences, which it inhibits: ServiceErrors 2m, the others 1m. */
  private final String job;
  private final boolean probed;
  private final boolean probedByTls;
  private final RequestMetrics found;

  ServiceRules(NewService service, RequestMetrics found) {
    this.job = service.job();
    this.probed = service.probe().isPresent();
    this.probedByTls = service.probe().map(url -> url.getScheme().equals("https")).orElse(false);
    this.found = found;
  }

  /// The rule file.
  String text() {
    var text = new StringBuilder();
    text.append(
        """
        # Alerts about @JOB@, written by pharos init and yours from now on. Each has a part in the
        # runbook docs/runbooks/@JOB@.md and a unit test in tests/@JOB@_test.yml.
        #
        # A rule that judges metrics holds itself while none come (the part with ALERTS): what is
        # unknown is not well. Such an alert has the value -1.
        groups:
          - name: @JOB@
            interval: 10s
            rules:
        """
            .replace("@JOB@", job));
    text.append(down()).append(noData());
    found.requests().ifPresent(requests -> errors(requests).ifPresent(text::append));
    found.durations().ifPresent(durations -> text.append(slow(durations)));
    if (probed) {
      text.append(probeFailing());
    }
    if (probedByTls) {
      text.append(certificate());
    }
    // Slow things last, and seldom.
    found
        .requests()
        .ifPresent(
            requests ->
                text.append("  - name: " + job + "-traffic\n    interval: 1m\n    rules:\n")
                    .append(noTraffic(requests)));
    return text.toString();
  }

  private String rule(String template) {
    return template.replace("@JOB@", job).replace("@UID@", ServiceDashboard.uid(job));
  }

  private String down() {
    return rule(
        probed
            ? """
                  # Down means: the scrape fails and the probe does not succeed. A failing scrape alone
                  # can be an expired token, and is ServiceNoData.
                  - alert: ServiceDown
                    expr: |
                      (
                        max by (job, instance) (up{job="@JOB@"}) == 0
                          unless on () probe_success{probe="@JOB@"} == 1
                      )
                        or
                      (
                        -1 * max by (job, instance) (ALERTS{alertname="ServiceDown",alertstate="firing",job="@JOB@"}) < 0
                          unless on (job) up{job="@JOB@"}
                      )
                    for: 30s
                    keep_firing_for: 1m
                    labels:
                      severity: critical
                      service: @JOB@
                    annotations:
                      summary: @JOB@ is down.
                      title_zh: 服务不可用
                      summary_zh: @JOB@ 不可用。
                      description: >-
                        {{ if lt $value 0.0 }}{{ $labels.instance }} was down and is scraped no more;
                        whether it is back is unknown.{{ else }}{{ $labels.instance }} can't be scraped,
                        and its probe does not succeed.{{ end }}
                      description_zh: '{{ if lt $value 0.0 }}{{ $labels.instance }} 曾不可用，且不再被抓取；是否已恢复未知。{{ else }}{{ $labels.instance }} 无法抓取，探测也未成功。{{ end }}'
                      runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                      dashboard_url: /d/@UID@

            """
            : """
                  - alert: ServiceDown
                    expr: |
                      max by (job, instance) (up{job="@JOB@"}) == 0
                        or
                      (
                        -1 * max by (job, instance) (ALERTS{alertname="ServiceDown",alertstate="firing",job="@JOB@"}) < 0
                          unless on (job) up{job="@JOB@"}
                      )
                    for: 30s
                    keep_firing_for: 1m
                    labels:
                      severity: critical
                      service: @JOB@
                    annotations:
                      summary: @JOB@ is down.
                      title_zh: 服务不可用
                      summary_zh: @JOB@ 不可用。
                      description: >-
                        {{ if lt $value 0.0 }}{{ $labels.instance }} was down and is scraped no more;
                        whether it is back is unknown.{{ else }}{{ $labels.instance }} can't be
                        scraped.{{ end }}
                      description_zh: '{{ if lt $value 0.0 }}{{ $labels.instance }} 曾不可用，且不再被抓取；是否已恢复未知。{{ else }}{{ $labels.instance }} 无法抓取。{{ end }}'
                      runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                      dashboard_url: /d/@UID@

            """);
  }

  private String noData() {
    return rule(
        probed
            ? """
                  # Unknown is not down: the service may be well, but nothing below can be judged.
                  - alert: ServiceNoData
                    expr: |
                      (max by (job, instance) (up{job="@JOB@"}) == 0 and on () probe_success{probe="@JOB@"} == 1)
                        or absent(up{job="@JOB@"})
                    for: 5m
                    labels:
                      severity: warning
                      service: @JOB@
                    annotations:
                      summary: @JOB@ gives no metrics.
                      title_zh: 服务无指标
                      summary_zh: @JOB@ 没有指标。
                      description: >-
                        {{ if $labels.instance }}The probe succeeds, but the metrics of
                        {{ $labels.instance }} can't be read{{ else }}The job @JOB@ has no target{{ end }}:
                        errors, latency and traffic are unknown.
                      description_zh: '{{ if $labels.instance }}探测成功，但无法读取 {{ $labels.instance }} 的指标{{ else }}任务 @JOB@ 没有抓取目标{{ end }}：错误、延迟和流量均未知。'
                      runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                      dashboard_url: /d/@UID@

            """
            : """
                  # Unknown is not down: the service may be well, but nothing below can be judged.
                  - alert: ServiceNoData
                    expr: absent(up{job="@JOB@"})
                    for: 5m
                    labels:
                      severity: warning
                      service: @JOB@
                    annotations:
                      summary: @JOB@ gives no metrics.
                      title_zh: 服务无指标
                      summary_zh: @JOB@ 没有指标。
                      description: >-
                        The job @JOB@ has no target: errors, latency and traffic are unknown.
                      description_zh: '任务 @JOB@ 没有抓取目标：错误、延迟和流量均未知。'
                      runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                      dashboard_url: /d/@UID@

            """);
  }

  private Optional<String> errors(Requests requests) {
    return requests
        .failed(job)
        .map(
            failed ->
                rule("""
                          # Many requests fail: over two minutes and still in the last one, five at least.
                          - alert: ServiceErrors
                            expr: |
                              (
                                sum by (job) (rate(@FAILED@[2m])) / sum by (job) (rate(@ALL@[2m])) > 0.05
                                  and
                                sum by (job) (rate(@FAILED@[1m])) / sum by (job) (rate(@ALL@[1m])) > 0.05
                                  and
                                sum by (job) (increase(@FAILED@[2m])) >= 5
                              )
                                or
                              (
                                -1 * max by (job) (ALERTS{alertname="ServiceErrors",alertstate="firing",job="@JOB@"}) < 0
                                  unless sum by (job) (rate(@ALL@[2m]))
                              )
                            for: 30s
                            keep_firing_for: 2m
                            labels:
                              severity: critical
                              service: @JOB@
                            annotations:
                              summary: Many requests to @JOB@ fail.
                              title_zh: 请求错误率过高
                              summary_zh: @JOB@ 的大量请求失败。
                              description: >-
                                {{ if lt $value 0.0 }}Requests failed until the metrics of requests stopped;
                                whether they still do is unknown.{{ else }}{{ $value | humanizePercentage }}
                                of the requests of the last two minutes failed.{{ end }}
                              description_zh: '{{ if lt $value 0.0 }}在请求指标中断之前一直有请求失败；现在是否仍在失败未知。{{ else }}最近两分钟有 {{ $value | humanizePercentage }} 的请求失败。{{ end }}'
                              value: '{{ if lt $value 0.0 }}unknown{{ else }}{{ $value | humanizePercentage }}{{ end }}'
                              value_zh: '{{ if lt $value 0.0 }}未知{{ else }}{{ $value | humanizePercentage }}{{ end }}'
                              threshold: 5 %
                              runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                              dashboard_url: /d/@UID@

                    """)
                    .replace("@FAILED@", failed)
                    .replace("@ALL@", requests.all(job)));
  }

  private String slow(Durations durations) {
    String scale =
        durations.unit().perSecond() == 1
            ? ""
            : " / " + NumberText.plain(durations.unit().perSecond());
    return rule("""
                  # One in twenty requests is slow: over two minutes and still in the last one.
                  # @LIMIT@ s is a boundary of the histogram, so slow requests are counted exactly.
                  - alert: ServiceSlow
                    expr: |
                      (
                        histogram_quantile(0.95, sum by (job, le) (rate(@BUCKETS@[2m])))@SCALE@ > @LIMIT@
                          and
                        histogram_quantile(0.95, sum by (job, le) (rate(@BUCKETS@[1m])))@SCALE@ > @LIMIT@
                          and
                        sum by (job) (increase(@COUNT@[2m])) - sum by (job) (increase(@FAST@[2m])) >= 5
                      )
                        or
                      (
                        -1 * max by (job) (ALERTS{alertname="ServiceSlow",alertstate="firing",job="@JOB@"}) < 0
                          unless sum by (job) (rate(@COUNT@[2m]))
                      )
                    for: 1m
                    keep_firing_for: 1m
                    labels:
                      severity: critical
                      service: @JOB@
                    annotations:
                      summary: @JOB@ is slow.
                      title_zh: 请求延迟过高
                      summary_zh: @JOB@ 响应缓慢。
                      description: >-
                        {{ if lt $value 0.0 }}Requests were slow until the metrics of requests stopped;
                        whether they still are is unknown.{{ else }}One in twenty requests of the last
                        two minutes took {{ $value | humanizeDuration }} or longer.{{ end }}
                      description_zh: '{{ if lt $value 0.0 }}在请求指标中断之前请求一直缓慢；现在是否仍然缓慢未知。{{ else }}最近两分钟每二十个请求中有一个耗时 {{ $value | humanizeDuration }} 或更长。{{ end }}'
                      value: '{{ if lt $value 0.0 }}unknown{{ else }}{{ $value | humanizeDuration }}{{ end }}'
                      value_zh: '{{ if lt $value 0.0 }}未知{{ else }}{{ $value | humanizeDuration }}{{ end }}'
                      threshold: @LIMIT@ s
                      runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                      dashboard_url: /d/@UID@

            """)
        .replace("@SCALE@", scale)
        .replace("@LIMIT@", NumberText.plain(durations.slowSeconds()))
        .replace("@BUCKETS@", durations.buckets(job))
        .replace("@COUNT@", durations.count(job))
        .replace("@FAST@", durations.fast(job));
  }

  private String noTraffic(Requests requests) {
    return rule("""
                  # Nobody comes for ten minutes, after an hour in which somebody came all the time. Once it
                  # fires it holds until somebody comes.
                  - alert: ServiceNoTraffic
                    expr: |
                      (
                        min_over_time(sum by (job) (rate(@ALL@[5m]))[1h:5m] offset 20m) > 0.1
                          and
                        count_over_time(sum by (job) (rate(@ALL@[5m]))[1h:5m] offset 20m) >= 12
                          and
                        max by (job) (up{job="@JOB@"}) == 1
                          unless
                        sum by (job) (rate(@ALL@[10m])) > 0
                      )
                        or
                      (
                        -1 * max by (job) (ALERTS{alertname="ServiceNoTraffic",alertstate="firing",job="@JOB@"}) < 0
                          unless sum by (job) (rate(@ALL@[10m])) > 0
                      )
                    for: 5m
                    labels:
                      severity: warning
                      service: @JOB@
                    annotations:
                      summary: Nobody reaches @JOB@.
                      title_zh: 服务无流量
                      summary_zh: 没有请求到达 @JOB@。
                      description: >-
                        No request in ten minutes, while there were some all the time in the hour before.
                        Something in front of @JOB@ may be broken.
                      description_zh: '十分钟内没有任何请求，而此前一小时一直有。@JOB@ 之前的某个环节可能出了故障。'
                      runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                      dashboard_url: /d/@UID@

            """)
        .replace("@ALL@", requests.all(job));
  }

  private String probeFailing() {
    return rule(
        """
              # Every run of a minute failed (the probe runs every 15 s).
              - alert: ServiceProbeFailing
                expr: |
                  max by (job, instance, probe) (max_over_time(probe_success{probe="@JOB@"}[1m])) == 0
                    or
                  (
                    -1 * max by (job, instance, probe) (ALERTS{alertname="ServiceProbeFailing",alertstate="firing",probe="@JOB@"}) < 0
                      unless on (probe) max_over_time(probe_success{probe="@JOB@"}[1m])
                  )
                for: 15s
                labels:
                  severity: critical
                  service: @JOB@
                annotations:
                  summary: The probe of @JOB@ fails.
                  title_zh: 探测失败
                  summary_zh: @JOB@ 的探测失败。
                  description: >-
                    {{ if lt $value 0.0 }}The probe of {{ $labels.instance }} failed and gives no result
                    any more; whether it would succeed is unknown.{{ else }}{{ $labels.instance }} has not
                    given the expected answer for a minute.{{ end }}
                  description_zh: '{{ if lt $value 0.0 }}{{ $labels.instance }} 的探测曾失败，且不再有结果；能否成功未知。{{ else }}{{ $labels.instance }} 已有一分钟未给出预期的响应。{{ end }}'
                  runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                  dashboard_url: /d/@UID@

        """);
  }

  private String certificate() {
    return rule(
        """
              # The two never fire together: the warning ends where the page begins.
              - alert: ServiceCertificateExpiring
                expr: 3 * 86400 <= probe_ssl_earliest_cert_expiry{probe="@JOB@"} - time() < 21 * 86400
                for: 10m
                labels:
                  severity: warning
                  service: @JOB@
                annotations:
                  summary: The TLS certificate of @JOB@ expires soon.
                  title_zh: TLS 证书即将过期
                  summary_zh: @JOB@ 的 TLS 证书即将过期。
                  description: 'The certificate of {{ $labels.instance }} expires in {{ $value | humanizeDuration }}.'
                  description_zh: '{{ $labels.instance }} 的证书将在 {{ $value | humanizeDuration }} 后过期。'
                  runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                  dashboard_url: /d/@UID@

              - alert: ServiceCertificateExpiringSoon
                expr: probe_ssl_earliest_cert_expiry{probe="@JOB@"} - time() < 3 * 86400
                for: 1m
                labels:
                  severity: critical
                  service: @JOB@
                annotations:
                  summary: The TLS certificate of @JOB@ expires within three days or has expired.
                  title_zh: TLS 证书即将过期或已过期
                  summary_zh: @JOB@ 的 TLS 证书将在三天内过期或已过期。
                  description: >-
                    The certificate of {{ $labels.instance }}
                    {{ if lt $value 0.0 }}has expired{{ else }}expires in {{ $value | humanizeDuration }}{{ end }}.
                  description_zh: '{{ $labels.instance }} 的证书{{ if lt $value 0.0 }}已过期{{ else }}将在 {{ $value | humanizeDuration }} 后过期{{ end }}。'
                  runbook_url: '{{ $externalURL }}/runbooks/@JOB@'
                  dashboard_url: /d/@UID@

        """);
  }
}
