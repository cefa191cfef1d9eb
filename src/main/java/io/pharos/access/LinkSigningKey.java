package io.pharos.access;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The secret key that signs links in messages. `toString` does not reveal it.
public final class LinkSigningKey {
  private static final int MIN_BYTES = 32;
  private static final int MAX_BYTES = 4096;

  private final byte[] bytes;

  private LinkSigningKey(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  /// Parses a key.
  ///
  /// @throws IllegalArgumentException if it has fewer than 32 bytes, because it could be guessed,
  ///   or more than 4096 bytes
  public static LinkSigningKey of(String text) {
    byte[] bytes = text.strip().getBytes(StandardCharsets.UTF_8);
    if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "expected a key of 32 to 4096 bytes (openssl rand -hex 32 makes one), found "
              + bytes.length
              + " bytes");
    }
    return new LinkSigningKey(bytes);
  }

  /// Generates the text of a new key.
  ///
  /// @param random must be cryptographically secure
  public static String generate(RandomGenerator random) {
    var bytes = new byte[MIN_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// Reads a key from a file.
  ///
  /// @throws ConfigException if it can't be read or is too short
  public static LinkSigningKey read(Path file) {
    try {
      return of(OutsideFiles.text(file));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(file.toString(), 0, 0, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + PlainReason.of(e));
    }
  }

  /// Reads a key from a file. If there is no file, first creates one that only its owner can read.
  ///
  /// @throws ConfigException if the key can't be read or is too short
  /// @throws UncheckedIOException if the file can't be created
  public static LinkSigningKey readOrCreate(Path file, RandomGenerator random) {
    if (!Files.exists(file)) {
      create(file, generate(random));
    }
    return read(file);
  }

  /* Writes the key to another file first, and links the complete file as `file`. So an interrupted
   * start leaves no incomplete key. */
  private static void create(Path file, String text) {
    Path incomplete = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.deleteIfExists(incomplete);
      try (var channel =
          Files.newByteChannel(
              incomplete,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              ownerOnly(file))) {
        channel.write(StandardCharsets.US_ASCII.encode(text + "\n"));
      }
      Files.createLink(file, incomplete);
      Files.delete(incomplete);
    } catch (FileAlreadyExistsException _) { // another process has created the file
    } catch (IOException e) {
      throw new UncheckedIOException("the key " + file + " can't be created: " + e.getMessage(), e);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public String toString() {
    return "a link key";
  }
}
