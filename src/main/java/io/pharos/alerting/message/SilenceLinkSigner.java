package io.pharos.alerting.message;

import java.time.Instant;
import java.util.List;

/// Makes the silence links of messages worth something to who has no token.
@FunctionalInterface
public interface SilenceLinkSigner {
  /// Links permit nothing by themselves.
  SilenceLinkSigner NONE = (_, _, _) -> "";

  /// What permits a silence with these matchers.
  ///
  /// @param matchers as they stand in the link, in its order; at least one
  /// @param decidedAt when the message was decided
  /// @return parameters for the link's query, from `&` on; empty for none
  String sign(List<String> matchers, Instant decidedAt, String deliveryId);
}
