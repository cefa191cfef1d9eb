package io.pharos.dispatch;

import java.util.List;

/// What became of posted alerts: the valid ones are taken even where others are not.
///
/// @param accepted how many were taken
/// @param errors what is wrong with each of the others
public record AcceptResult(int accepted, List<String> errors) {
  public AcceptResult {
    errors = List.copyOf(errors);
  }
}
