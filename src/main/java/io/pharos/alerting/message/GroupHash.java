package io.pharos.alerting.message;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The name under which an incident service knows a group of alerts: the SHA-256 of its key, as
/// Alertmanager forms it, so that incidents opened by the one are closed by the other.
public final class GroupHash {
  private GroupHash() {}

  public static String of(String groupKey) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(groupKey.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is missing", e);
    }
  }
}
