package io.pharos.server.app;

import io.pharos.cli.serve.ServeOptions;
import io.pharos.cli.serve.TapFlags.TapSettings;
import io.pharos.model.PromDuration;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// The flags and their values for the status API; none of them is a secret.
final class ShownFlags {
  private ShownFlags() {}

  static Map<String, String> of(ServeOptions options) {
    var flags = new TreeMap<String, String>();
    flags.put("config.file", options.configFile().map(String::valueOf).orElse(""));
    flags.put("notifications.file", options.notificationsFile().toString());
    flags.put("storage.path", options.storagePath().toString());
    flags.put("storage.retention", PromDuration.format(options.retention()));
    flags.put("web.listen-address", options.host() + ":" + options.port());
    flags.put("web.external-url", options.externalUrl().toString());
    flags.put("grafana.url", options.grafanaUrl().map(URI::toString).orElse(""));
    flags.put("web.cors.origin", options.corsOrigin().toString());
    flags.put("web.read", options.access().reads().name().toLowerCase(Locale.ROOT));
    flags.put("web.enable-otlp-receiver", Boolean.toString(options.otlpReceiver()));
    flags.put("web.enable-remote-write-receiver", Boolean.toString(options.remoteWriteReceiver()));
    flags.put("engine", options.engine().url().isPresent() ? "remote" : "embedded");
    flags.put("rules.evaluation", options.ruleEvaluation().name().toLowerCase(Locale.ROOT));
    flags.put("query.lookback-delta", PromDuration.format(options.query().lookback()));
    flags.put("query.timeout", PromDuration.format(options.query().timeout()));
    flags.put("query.max-samples", Integer.toString(options.query().maxSamples()));
    options
        .tap()
        .map(TapSettings::options)
        .ifPresent(
            tap -> {
              flags.put("tap.listen", tap.host() + ":" + tap.port());
              flags.put("tap.upstream", tap.upstream().toString());
              flags.put("tap.threads", Integer.toString(tap.loops()));
              flags.put("tap.max-connections", Integer.toString(tap.mostConnections()));
              flags.put("tap.max-in-flight", Integer.toString(tap.mostInFlight()));
            });
    flags.putAll(options.limitFlags());
    return flags;
  }
}
