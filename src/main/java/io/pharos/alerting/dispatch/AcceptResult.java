package io.pharos.alerting.dispatch;

import java.util.List;

/// What became of posted alerts: the valid ones are taken even where others are not.
///
/// @param accepted how many were taken
/// @param errors what is wrong with each of the others
/// @param withoutRoom how many valid ones were refused, because there are as many as there may be
public record AcceptResult(int accepted, List<String> errors, int withoutRoom) {
  public AcceptResult {
    errors = List.copyOf(errors);
  }
}
