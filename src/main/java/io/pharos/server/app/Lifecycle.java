package io.pharos.server.app;

import io.pharos.access.AuditEntry;
import io.pharos.cli.command.ReloadSignal;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.logs.LogbackBridge;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts and stops the service with Quarkus, and reloads it on SIGHUP.
@ApplicationScoped
class Lifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);

  private final Service service;

  Lifecycle(Service service) {
    this.service = service;
  }

  void start(@Observes StartupEvent event) {
    ServeOptions options = Launch.options();
    service.start();
    ReloadSignal.handle(() -> Thread.ofVirtual().name("reload").start(this::reload));
    LOG.info(
        "Pharos {} listens on {}:{}; its external URL is {}",
        service.version(),
        options.host(),
        options.port(),
        options.externalUrl());
    LOG.info(
        "limits: {}",
        options.limitFlags().entrySet().stream()
            .map(limit -> "--" + limit.getKey() + "=" + limit.getValue())
            .collect(Collectors.joining(" ")));
    boolean sendsMessages =
        Launch.files().notifications().receivers().stream()
            .anyMatch(receiver -> !receiver.integrations().isEmpty());
    if (sendsMessages && options.linksOpenHereOnly() && !options.demo()) {
      LOG.warn(
          "links in messages start with {} and work only on this host: set --web.external-url to an"
              + " address that the readers of messages can reach (docs/reverse-proxy.md)",
          options.externalUrl());
    }
    if (Launch.isTraining()) {
      StartCacheTraining.start(options);
    }
    if (options.demo()) {
      System.err.print(DemoWelcome.text(options));
    }
  }

  private void reload() {
    int status = 500;
    try {
      service.reload();
      status = 200;
    } catch (ConfigException e) {
      LOG.error(
          "the configuration was not reloaded; the previous configuration is still used:\n{}",
          e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("the reload of the configuration failed", e);
    }
    service.audit.record("", AuditEntry.Means.SIGNAL, "", "SIGHUP", "configuration files", status);
  }

  void stop(@Observes ShutdownEvent event) {
    service.close();
    Launch.logs().ifPresent(LogbackBridge::stopLoki);
  }

  /// The text that `pharos demo` prints when the service is ready.
  static final class DemoWelcome {
    /// Address at which the launcher starts the demo backend.
    private static final String BACKEND = "127.0.0.1:8080";

    private DemoWelcome() {}

    static String text(ServeOptions options) {
      String url = options.externalUrl().toString();
      String messages =
          options.capture()
              ? """
                  Mail goes to the local mailbox unless QUARKUS_MAILER_HOST names a mail server. Slack
                  messages go there while data/secrets/slack_webhook_url does not exist:
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
}
