package io.pharos.ingest.login;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.bytes.Durability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// The stored state of a login besides its token. It survives restarts, so that a restart neither
/// logs in again nor retries a rejected password.
///
/// @param identity [LoginConfig#identity] of the login
/// @param obtainedAt when the token was obtained; the epoch for never
/// @param refreshToken empty for none
/// @param rejections number of consecutive rejections of the password
/// @param rejectedAt time of the last rejection
/// @param stamps modification times of the rejected user and password files
record LoginMemory(
    String identity,
    Instant obtainedAt,
    Duration life,
    String refreshToken,
    int rejections,
    Instant rejectedAt,
    String stamps) {
  /// Permissions of files with secrets.
  static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");

  private static final int MAX_BYTES = 64 * 1024;

  /// Omits the token.
  @Override
  public String toString() {
    return "LoginMemory[" + obtainedAt + ", " + life + ", " + rejections + "]";
  }

  /// Reads the state of a login; blank if there is no file, or a damaged one.
  static LoginMemory read(Path file, String identity) {
    return parse(file)
        .filter(memory -> memory.identity().equals(identity))
        .orElse(new LoginMemory(identity, Instant.EPOCH, Duration.ZERO, "", 0, Instant.EPOCH, ""));
  }

  private static Optional<LoginMemory> parse(Path file) {
    try {
      if (!Files.exists(file) || Files.size(file) > MAX_BYTES) {
        return Optional.empty();
      }
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      return Optional.of(
          new LoginMemory(
              json.path("identity").asText(),
              Instant.parse(json.path("obtained_at").asText()),
              Duration.ofSeconds(json.path("life_seconds").asLong()),
              json.path("refresh_token").asText(),
              json.path("rejections").asInt(),
              Instant.parse(json.path("rejected_at").asText()),
              json.path("stamps").asText()));
    } catch (IOException | DateTimeException | ArithmeticException _) { // treated as missing
      return Optional.empty();
    }
  }

  /// Writes the state to a file that only the owner can read.
  void write(Path file) throws IOException {
    Files.createDirectories(requireNonNull(file.getParent(), "a file in a folder"));
    var json = JSON.createObjectNode();
    json.put("identity", identity);
    json.put("obtained_at", obtainedAt.toString());
    json.put("life_seconds", life.toSeconds());
    json.put("refresh_token", refreshToken);
    json.put("rejections", rejections);
    json.put("rejected_at", rejectedAt.toString());
    json.put("stamps", stamps);
    Durability.write(file, JSON.writeValueAsString(json), OWNER);
  }
}
