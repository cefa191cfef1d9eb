package io.pharos.alerting.pipeline;

/// Identifies one integration of one receiver.
///
/// @param type such as `slack`
/// @param index position among the receiver's integrations of this type, from 0
public record IntegrationId(String receiver, String type, int index) {
  /// Returns a form like `on-call/slack[0]`.
  @Override
  public String toString() {
    return receiver + "/" + type + "[" + index + "]";
  }
}
