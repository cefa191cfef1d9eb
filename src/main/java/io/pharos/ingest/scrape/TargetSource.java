package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.StaticConfig;
import java.io.IOException;
import java.util.List;

/// Somebody who is asked for targets.
@FunctionalInterface
interface TargetSource {
  /// The groups of targets that there are now; takes no longer than an interval of asking.
  ///
  /// @throws IOException when there is no answer; the message says why
  /// @throws io.pharos.config.yaml.ConfigException when the answer is none
  List<StaticConfig> ask() throws IOException, InterruptedException;
}
