package io.pharos.rules;

import io.pharos.model.Labels;
import java.net.URI;
import java.time.Duration;

/// Settings of the configuration file for all rules; may change with a reload.
///
/// @param evaluationInterval for groups without an interval; at least a millisecond
/// @param queryOffset for groups without an offset (`global.rule_query_offset`)
/// @param externalLabels added to sent alerts if absent there; never added to series
/// @param externalUrl URL of Pharos for people, without a slash at the end; may be empty
public record RuleSettings(
    Duration evaluationInterval, Duration queryOffset, Labels externalLabels, String externalUrl) {
  public RuleSettings {
    URI.create(externalUrl);
    if (evaluationInterval.toMillis() < 1) {
      throw new IllegalArgumentException(
          evaluationInterval + ": the evaluation interval must be a millisecond or more");
    }
  }
}
