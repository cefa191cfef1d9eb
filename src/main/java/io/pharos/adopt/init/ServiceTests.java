package io.pharos.adopt.init;

import io.pharos.adopt.init.RequestMetrics.Durations;
import io.pharos.adopt.init.RequestMetrics.Requests;
import io.pharos.adopt.init.RequestMetrics.Status;
import java.util.Optional;

/// The unit tests of a service's rules in promtool's format.
final class ServiceTests {
  private final NewService service;
  private final String job;
  private final RequestMetrics found;

  ServiceTests(NewService service, RequestMetrics found) {
    this.service = service;
    this.job = service.job();
    this.found = found;
  }

  /// The test file.
  String text() {
    var text = new StringBuilder();
    text.append(
        fill(
            """
            # Run by: pharos test alert-rules/tests/@JOB@_test.yml, and by promtool test rules.
            rule_files:
              - ../@JOB@.yml

            evaluation_interval: 10s

            tests:
            """));
    Optional<Status> status = found.requests().flatMap(Requests::status);
    text.append(healthy(status));
    text.append(down());
    text.append(noTarget());
    if (service.probe().isPresent()) {
      text.append(probe());
    }
    found
        .requests()
        .ifPresent(
            requests -> {
              status.ifPresent(known -> text.append(errors(requests, known)));
              text.append(noTraffic(requests));
            });
    found.durations().ifPresent(durations -> text.append(slow(durations)));
    return text.toString();
  }

  private String fill(String template) {
    return template
        .replace("@JOB@", job)
        .replace("@UID@", ServiceDashboard.uid(job))
        .replace("@INSTANCE@", "job=\"" + job + "\",instance=\"one\"")
        .replace(
            "@PROBE@", "probe_success{job=\"probe\",instance=\"outside\",probe=\"" + job + "\"}");
  }

  private String labelled(Requests requests, String status) {
    return requests.metric()
        + "{job=\""
        + job
        + "\",instance=\"one\""
        + requests.status().map(known -> "," + known.label() + "=\"" + status + "\"").orElse("")
        + "}";
  }

  private String probeSeries(String values) {
    return service.probe().isPresent()
        ? fill("      - series: '@PROBE@'\n        values: '" + values + "'\n")
        : "";
  }

  private String healthy(Optional<Status> status) {
    String traffic =
        found
            .requests()
            .map(
                requests ->
                    "      - series: '"
                        + labelled(requests, status.map(Status::good).orElse(""))
                        + "'\n        values: '0+10x600'\n"
                        + status
                            .map(
                                known ->
                                    "      # Three failures in half an hour wake nobody.\n"
                                        + "      - series: '"
                                        + labelled(requests, known.bad())
                                        + "'\n        values: '0x60 1x60 2x60 3x420'\n")
                            .orElse(""))
            .orElse("");
    return fill(
            """
              - name: nothing fires while @JOB@ is well
                interval: 10s
                input_series:
                  - series: 'up{@INSTANCE@}'
                    values: '1x600'
            """)
        + probeSeries("1x600")
        + traffic
        + """
            promql_expr_test:
              - expr: 'max_over_time(ALERTS{alertstate="firing"}[100m])'
                eval_time: 100m
                exp_samples: []

        """;
  }

  private String down() {
    boolean probed = service.probe().isPresent();
    return fill(
            """
              - name: ServiceDown fires half a minute after the end, holds, and ends a minute after the return
                interval: 10s
                external_url: https://pharos.example
                input_series:
                  - series: 'up{@INSTANCE@}'
                    values: '1x30 0x59 1x60'
            """)
        + probeSeries("1x30 0x59 1x60")
        + fill(
            """
                alert_rule_test:
                  - eval_time: 5m20s
                    alertname: ServiceDown
                    exp_alerts: []
            """)
        + downAlert("6m", probed)
        + downAlert("15m", probed)
        + """
              - eval_time: 16m30s
                alertname: ServiceDown
                exp_alerts: []

        """
        + fill(
            """
              - name: ServiceDown does not end because its target is scraped no more
                interval: 10s
                input_series:
                  - series: 'up{@INSTANCE@}'
                    values: '1x30 0x30 stale'
            """)
        + probeSeries("1x30 0x300")
        + """
            promql_expr_test:
              - expr: 'count by (alertname) (ALERTS{alertname="ServiceDown",alertstate="firing"})'
                eval_time: 45m
                exp_samples:
                  - {labels: '{alertname="ServiceDown"}', value: 1}

        """;
  }

  private String downAlert(String time, boolean probed) {
    return fill(
        """
              - eval_time: @TIME@
                alertname: ServiceDown
                exp_alerts:
                  - exp_labels: {job: @JOB@, instance: one, severity: critical, service: @JOB@}
                    exp_annotations:
                      title_zh: 服务不可用
                      summary: @JOB@ is down.
                      summary_zh: '@JOB@ 不可用。'
                      description: one can't be scraped@MORE@.
                      description_zh: one 无法抓取@MORE_ZH@。
                      runbook_url: https://pharos.example/runbooks/@JOB@
                      dashboard_url: /d/@UID@
        """
            .replace("@TIME@", time)
            .replace("@MORE@", probed ? ", and its probe does not succeed" : "")
            .replace("@MORE_ZH@", probed ? "，探测也未成功" : ""));
  }

  private String noTarget() {
    return fill(
        """
          - name: ServiceNoData fires where the job has no target
            interval: 10s
            external_url: https://pharos.example
            input_series: []
            alert_rule_test:
              - eval_time: 10m
                alertname: ServiceNoData
                exp_alerts:
                  - exp_labels: {job: @JOB@, severity: warning, service: @JOB@}
                    exp_annotations:
                      title_zh: 服务无指标
                      summary: @JOB@ gives no metrics.
                      summary_zh: '@JOB@ 没有指标。'
                      description_zh: 任务 @JOB@ 没有抓取目标：错误、延迟和流量均未知。
                      description: 'The job @JOB@ has no target: errors, latency and traffic are unknown.'
                      runbook_url: https://pharos.example/runbooks/@JOB@
                      dashboard_url: /d/@UID@

        """);
  }

  private String probe() {
    return fill(
        """
          - name: a failing scrape is no outage while the probe succeeds
            interval: 10s
            input_series:
              - series: 'up{@INSTANCE@}'
                values: '1x30 0x120'
              - series: '@PROBE@'
                values: '1x150'
            promql_expr_test:
              - expr: 'count by (alertname) (ALERTS{alertstate="firing"})'
                eval_time: 15m
                exp_samples:
                  - {labels: '{alertname="ServiceNoData"}', value: 1}

          - name: ServiceProbeFailing fires after a minute, and holds while the probe gives no result
            interval: 10s
            input_series:
              - series: 'up{@INSTANCE@}'
                values: '1x360'
              - series: '@PROBE@'
                values: '1x30 0x60 _x200 1x60'
            promql_expr_test:
              - expr: 'ALERTS{alertstate="firing"}'
                eval_time: 6m
                exp_samples: []
              - expr: 'count by (alertname) (ALERTS{alertstate="firing"})'
                eval_time: 8m
                exp_samples:
                  - {labels: '{alertname="ServiceProbeFailing"}', value: 1}
              - expr: 'count by (alertname) (ALERTS{alertstate="firing"})'
                eval_time: 40m
                exp_samples:
                  - {labels: '{alertname="ServiceProbeFailing"}', value: 1}
              - expr: 'ALERTS{alertstate="firing"}'
                eval_time: 55m
                exp_samples: []

        """);
  }

  private String errors(Requests requests, Status status) {
    return fill("""
              - name: ServiceErrors fires for a fifth of failures, and ends when they end
                interval: 10s
                external_url: https://pharos.example
                input_series:
                  - series: 'up{@INSTANCE@}'
                    values: '1x150'
                  - series: '@GOOD@'
                    values: '0+10x30 308+8x29 550+10x90'
                  - series: '@BAD@'
                    values: '0x30 2+2x29 60x91'
                alert_rule_test:
                  - eval_time: 5m30s
                    alertname: ServiceErrors
                    exp_alerts: []
                  - eval_time: 8m
                    alertname: ServiceErrors
                    exp_alerts:
                      - exp_labels: {job: @JOB@, severity: critical, service: @JOB@}
                        exp_annotations:
                          title_zh: 请求错误率过高
                          summary: Many requests to @JOB@ fail.
                          summary_zh: '@JOB@ 的大量请求失败。'
                          description: 20% of the requests of the last two minutes failed.
                          description_zh: 最近两分钟有 20% 的请求失败。
                          value: 20%
                          value_zh: 20%
                          threshold: 5 %
                          runbook_url: https://pharos.example/runbooks/@JOB@
                          dashboard_url: /d/@UID@
                  - eval_time: 14m
                    alertname: ServiceErrors
                    exp_alerts: []

              - name: ServiceErrors does not end because the metrics end
                interval: 10s
                external_url: https://pharos.example
                input_series:
                  - series: 'up{@INSTANCE@}'
                    values: '1x360'
                  - series: '@GOOD@'
                    values: '0+10x30 308+8x29 stale'
                  - series: '@BAD@'
                    values: '0x30 2+2x29 stale'
                alert_rule_test:
                  - eval_time: 50m
                    alertname: ServiceErrors
                    exp_alerts:
                      - exp_labels: {job: @JOB@, severity: critical, service: @JOB@}
                        exp_annotations:
                          title_zh: 请求错误率过高
                          summary: Many requests to @JOB@ fail.
                          summary_zh: '@JOB@ 的大量请求失败。'
                          description_zh: 在请求指标中断之前一直有请求失败；现在是否仍在失败未知。
                          description: Requests failed until the metrics of requests stopped; whether they still do is unknown.
                          value: unknown
                          value_zh: 未知
                          threshold: 5 %
                          runbook_url: https://pharos.example/runbooks/@JOB@
                          dashboard_url: /d/@UID@

            """)
        .replace("@GOOD@", labelled(requests, status.good()))
        .replace("@BAD@", labelled(requests, status.bad()));
  }

  private String noTraffic(Requests requests) {
    return fill("""
              - name: ServiceNoTraffic fires when steady traffic ends, and holds until it returns
                interval: 10s
                input_series:
                  - series: 'up{@INSTANCE@}'
                    values: '1x900'
                  - series: '@GOOD@'
                    values: '0+10x480 4800x360 4810+10x60'
                promql_expr_test:
                  - expr: 'ALERTS{alertname="ServiceNoTraffic",alertstate="firing"}'
                    eval_time: 85m
                    exp_samples: []
                  - expr: 'count by (alertname) (ALERTS{alertname="ServiceNoTraffic",alertstate="firing"})'
                    eval_time: 100m
                    exp_samples:
                      - {labels: '{alertname="ServiceNoTraffic"}', value: 1}
                  - expr: 'count by (alertname) (ALERTS{alertname="ServiceNoTraffic",alertstate="firing"})'
                    eval_time: 139m
                    exp_samples:
                      - {labels: '{alertname="ServiceNoTraffic"}', value: 1}
                  - expr: 'ALERTS{alertname="ServiceNoTraffic",alertstate="firing"}'
                    eval_time: 143m
                    exp_samples: []

            """)
        .replace("@GOOD@", labelled(requests, requests.status().map(Status::good).orElse("")));
  }

  private String slow(Durations durations) {
    String name = durations.metric();
    return fill("""
              - name: ServiceSlow fires where many requests are slow, and ends when they end
                interval: 10s
                input_series:
                  - series: 'up{@INSTANCE@}'
                    values: '1x150'
                  - series: '@NAME@_bucket{@INSTANCE@,le="@SLOW@"}'
                    values: '0+10x30 308+8x29 550+10x90'
                  - series: '@NAME@_bucket{@INSTANCE@,le="@NEXT@"}'
                    values: '0+10x30 308+8x29 550+10x90'
                  - series: '@NAME@_bucket{@INSTANCE@,le="+Inf"}'
                    values: '0+10x150'
                  - series: '@NAME@_count{@INSTANCE@}'
                    values: '0+10x150'
                promql_expr_test:
                  - expr: 'ALERTS{alertname="ServiceSlow",alertstate="firing"}'
                    eval_time: 5m30s
                    exp_samples: []
                  - expr: 'count by (alertname) (ALERTS{alertname="ServiceSlow",alertstate="firing"})'
                    eval_time: 9m
                    exp_samples:
                      - {labels: '{alertname="ServiceSlow"}', value: 1}
                  - expr: 'ALERTS{alertname="ServiceSlow",alertstate="firing"}'
                    eval_time: 14m
                    exp_samples: []

            """)
        .replace("@NAME@", name)
        .replace("@SLOW@", NumberText.plain(durations.slow()))
        .replace("@NEXT@", NumberText.plain(durations.next()));
  }
}
