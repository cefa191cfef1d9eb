package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

/// One integration of one receiver.
///
/// @param type as in `slack`
/// @param index which of the receiver's of this type, from 0
public record IntegrationId(String receiver, String type, int index) {
  public IntegrationId {
    requireNonNull(receiver, "receiver is null");
    requireNonNull(type, "type is null");
  }

  /// As in `on-call/slack[0]`.
  @Override
  public String toString() {
    return receiver + "/" + type + "[" + index + "]";
  }
}
