package io.pharos.server.app;

import io.pharos.cli.serve.ServeOptions;

/// The text that `pharos demo` prints when the service is ready.
final class DemoWelcome {
  /// Where the launcher starts the demo backend.
  private static final String BACKEND = "127.0.0.1:8080";

  private DemoWelcome() {}

  static String text(ServeOptions options) {
    String url = options.externalUrl().toString();
    String messages =
        options.capture()
            ? """
                Mail goes to the local mailbox unless QUARKUS_MAILER_HOST names a mail server, and Slack
                messages do while data/secrets/slack_webhook_url does not exist:
                  %s/mailbox
              """
                .formatted(url)
            : "  Mail goes to the configured mail server.\n";
    return """

        Pharos demo is running. Open
          %1$s            what is wrong now
          %1$s/targets    what is scraped and probed
          %1$s/rules      the rules and their state

        Break the demo backend (http://%2$s):
          curl -X POST http://%2$s/fault -d '{"kind":"down","duration":"2m"}'
          curl -X POST http://%2$s/fault -d '{"kind":"errors","ratio":0.5,"duration":"5m"}'
          curl -X POST http://%2$s/fault -d '{"kind":"latency","duration":"5m"}'
        or kill its process and start it again with ./pharos demo-backend.

        %3$s
        """
        .formatted(url, BACKEND, messages.stripTrailing());
  }
}
