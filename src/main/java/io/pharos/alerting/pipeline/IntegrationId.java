package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

/// Identifies one integration of one receiver.
///
/// @param type such as `slack`
/// @param index position among the receiver's integrations of this type, from 0
public record IntegrationId(String receiver, String type, int index) {
  public IntegrationId {
    requireNonNull(receiver, "receiver is null");
    requireNonNull(type, "type is null");
  }

  /// Returns a form like `on-call/slack[0]`.
  @Override
  public String toString() {
    return receiver + "/" + type + "[" + index + "]";
  }
}
