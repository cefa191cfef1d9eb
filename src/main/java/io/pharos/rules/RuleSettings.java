package io.pharos.rules;

import io.pharos.model.Labels;
import java.net.URI;
import java.time.Duration;

/// Settings for all rules in the configuration file. A reload may change them.
///
/// @param evaluationInterval interval of groups that set no interval; at least a millisecond
/// @param queryOffset query offset of groups that set no offset (`global.rule_query_offset`)
/// @param externalLabels labels that are added to sent alerts, unless an alert has a label with the
///   same name; never added to series
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
