package io.pharos.alerting.message;

import java.time.Instant;
import java.util.List;

/// Signs the silence links of messages, so that readers without a token may use them.
@FunctionalInterface
public interface SilenceLinkSigner {
  /// Does not sign.
  SilenceLinkSigner NONE = (_, _, _) -> "";

  /// Signs a silence with these matchers.
  ///
  /// @param matchers in the order of the link; at least one
  /// @param decidedAt when the message was decided
  /// @return query parameters, starting with `&`; empty for none
  String sign(List<String> matchers, Instant decidedAt, String deliveryId);
}
