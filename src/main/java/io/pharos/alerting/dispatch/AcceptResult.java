package io.pharos.alerting.dispatch;

import java.util.List;

/// Result of posting alerts: valid ones are accepted even if others are not.
///
/// @param accepted number of accepted alerts
/// @param errors one message for each invalid alert
/// @param withoutRoom number of valid alerts that the memory bound refused
public record AcceptResult(int accepted, List<String> errors, int withoutRoom) {
  public AcceptResult {
    errors = List.copyOf(errors);
  }
}
