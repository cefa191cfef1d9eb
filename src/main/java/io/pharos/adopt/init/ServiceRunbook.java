package io.pharos.adopt.init;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// The runbook of a service: a part for each of its alerts, with links to the graphs that it needs.
final class ServiceRunbook {
  private final NewService service;
  private final RequestMetrics found;

  ServiceRunbook(NewService service, RequestMetrics found) {
    this.service = service;
    this.found = found;
  }

  /// The runbook as Markdown.
  String text() {
    String job = service.job();
    var text = new StringBuilder();
    text.append(
        """
        # @JOB@

        What to do when an alert about @JOB@ fires. Written by pharos init; make it yours: who owns
        @JOB@, how it is restarted, how a release is taken back.

        Metrics: `@METRICS@`@PROBE@. Silence only what you are working on, and never for longer
        than you stay.

        ## ServiceDown

        Nothing answers: the scrape fails@DOWN@. Users see errors or nothing at all.

        ```sh
        curl -m 5 -sS -o /dev/null -w '%{http_code}\\n' '@METRICS@'    # refused, hangs, or answers?
        @CURL@```

        - It ended with a release: take the release back first, look for the reason later.
        - Process gone: its log's last lines, memory (`dmesg -T | tail`), disk (`df -h`); start it.
        - Process there but hanging: keep a dump of its threads, then restart it.
        - You may not do that: wake who owns @JOB@, and say when it began.

        ## ServiceNoData

        @JOB@ may be well, but nobody knows: its metrics can't be read, or its target is gone. Look
        at [the targets](../targets): the error says whether it is the address, the token or the
        certificate. Addresses stand in `prometheus/targets/@JOB@.json`.

        """);
    found
        .requests()
        .ifPresent(
            requests -> {
              requests
                  .failed(job)
                  .ifPresent(
                      failed -> {
                        String by =
                            requests.status().orElseThrow().label()
                                + requests.route().map(route -> ", " + route).orElse("");
                        text.append(
                            """
                            ## ServiceErrors

                            More than one in twenty requests fails, now. See
                            """);
                        text.append(
                            graph("which", "sum by (" + by + ") (rate(" + failed + "[2m]))"));
                        text.append(
                            """
                             do.

                            - A release within the last half hour: take it back first.
                            - One path only: what stands behind it (another service, a queue). Switch that function off.
                            - All paths: database, cache, certificates, disk.

                            """);
                      });
              text.append("## ServiceNoTraffic\n\n");
              text.append("Nobody came for ten minutes, though there was steady traffic before: ");
              text.append(graph("requests", "sum by (job) (rate(" + requests.all(job) + "[5m]))"));
              text.append(
                  """
                  . Something in front of
                  @JOB@ is broken (DNS, load balancer, certificate), or it is a holiday. Try it from outside.

                  """);
            });
    found
        .durations()
        .ifPresent(
            durations -> {
              text.append("## ServiceSlow\n\nOne in twenty requests takes longer than ");
              text.append(NumberText.plain(durations.slowSeconds())).append(" s: ");
              text.append(
                  graph(
                      "the 95th percentile",
                      "histogram_quantile(0.95, sum by (job, le) (rate("
                          + durations.buckets(job)
                          + "[2m])))"));
              text.append(
                  """
                  .

                  - Everything is slow: the database, a full pool of connections, the host's CPU.
                  - With errors: treat ServiceErrors first.
                  - More users than ever: add instances, or switch off what costs most.

                  """);
            });
    if (service.probe().isPresent()) {
      text.append(
          """
          ## ServiceProbeFailing

          Seen from outside, @PROBEURL@ has not given the expected answer for a minute, though the
          process can be scraped. Ask it yourself and read the answer:

          ```sh
          @CURL@```

          - Times out: the process is there but stuck, or the network between is.
          - Another status: what the health check checks (database, cache) is broken.

          """);
      if (service.probe().orElseThrow().getScheme().equals("https")) {
        text.append(
            """
            ## ServiceCertificateExpiring, ServiceCertificateExpiringSoon

            Renew the certificate and load it. From its end on every client refuses to talk to @JOB@.

            """);
      }
    }
    String curl =
        service
            .probe()
            .map(url -> "curl -m 10 -sS -i '" + url + "'    # what does the probe get?\n")
            .orElse("");
    return text.toString()
        .replace("@CURL@", curl)
        .replace("@PROBEURL@", "`" + service.probe().map(Object::toString).orElse("") + "`")
        .replace("@PROBE@", service.probe().map(url -> ", probe: `" + url + "`").orElse(""))
        .replace("@DOWN@", service.probe().isPresent() ? " and the probe does not succeed" : "")
        .replace("@METRICS@", service.metrics().toString())
        .replace("@JOB@", job);
  }

  private static String graph(String words, String expression) {
    String encoded = URLEncoder.encode(expression, StandardCharsets.UTF_8).replace("+", "%20");
    return "[" + words + "](../graph?g0.expr=" + encoded + "&g0.tab=0&g0.range_input=1h)";
  }
}
