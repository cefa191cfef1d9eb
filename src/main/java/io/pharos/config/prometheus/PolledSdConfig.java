package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.List;

/// Where targets are asked for again and again.
public sealed interface PolledSdConfig {
  /// How long after an answer it is asked for anew; also, how long an answer may take.
  Duration refreshInterval();

  /// What is asked for on its own: a name that can't be resolved does not touch the others.
  default List<PolledSdConfig> each() {
    return switch (this) {
      case OverHttp http -> List.of(http);
      case OverDns dns ->
          dns.names().stream()
              .<PolledSdConfig>map(
                  name -> new OverDns(List.of(name), dns.type(), dns.port(), dns.refreshInterval()))
              .toList();
    };
  }

  /// An item of `http_sd_configs`: a server that gives groups as JSON.
  record OverHttp(String url, HttpOptions http, Duration refreshInterval)
      implements PolledSdConfig {
    public OverHttp {
      requireNonNull(url, "url is null");
      requireNonNull(http, "http is null");
      requireNonNull(refreshInterval, "refreshInterval is null");
    }
  }

  /// An item of `dns_sd_configs`: names whose records are the targets.
  ///
  /// @param port of the targets; records of type SRV have their own
  record OverDns(List<String> names, RecordType type, int port, Duration refreshInterval)
      implements PolledSdConfig {
    public OverDns {
      names = List.copyOf(names);
      requireNonNull(type, "type is null");
      requireNonNull(refreshInterval, "refreshInterval is null");
    }
  }

  /// The records that can be asked for.
  enum RecordType {
    SRV,
    A,
    AAAA,
    MX,
    NS
  }
}
