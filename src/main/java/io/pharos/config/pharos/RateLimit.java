package io.pharos.config.pharos;

import java.time.Duration;

/// How many messages an integration may send in any period of the given length. Further messages
/// are combined into one.
///
/// @param messages at least 1
/// @param per length of the period, above zero
public record RateLimit(int messages, Duration per) {
  public RateLimit {
    if (messages < 1) {
      throw new IllegalArgumentException(messages + " messages, expected at least 1");
    }
    if (!per.isPositive()) {
      throw new IllegalArgumentException("a period of " + per + ", expected more than 0s");
    }
  }
}
