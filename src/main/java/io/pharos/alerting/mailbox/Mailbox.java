package io.pharos.alerting.mailbox;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps messages as JSON files in a folder, up to a number; the oldest are deleted. Thread-safe.
public final class Mailbox {
  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

  private final Path folder;
  private final int capacity;

  /// @param folder created if missing
  /// @param capacity maximum number of messages
  public Mailbox(Path folder, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          capacity + ": the capacity of the mailbox must be at least 1");
    }
    this.folder = folder;
    this.capacity = capacity;
  }

  /// Stores a message, replacing one with the same id.
  public synchronized void add(MailboxMessage message) {
    try {
      Files.createDirectories(folder);
      Path file = folder.resolve(message.id() + ".json");
      Path half = folder.resolve(message.id() + ".tmp");
      JSON.writeValue(half.toFile(), Stored.of(message));
      Files.move(half, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      List<MailboxMessage> all = newestFirst();
      for (MailboxMessage old : all.subList(Math.min(capacity, all.size()), all.size())) {
        Files.deleteIfExists(folder.resolve(old.id() + ".json"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the local mailbox " + folder + " cannot be written; check its permissions", e);
    }
  }

  /// All messages, newest first; unreadable files are skipped.
  public synchronized List<MailboxMessage> newestFirst() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    var messages = new ArrayList<MailboxMessage>();
    try (var files = Files.newDirectoryStream(folder, "*.json")) {
      for (Path file : files) {
        read(file).ifPresent(messages::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the local mailbox " + folder + " cannot be read; check its permissions", e);
    }
    messages.sort(comparing(MailboxMessage::time).reversed().thenComparing(MailboxMessage::id));
    return List.copyOf(messages);
  }

  /// Returns the message with an id.
  public Optional<MailboxMessage> get(String id) {
    return newestFirst().stream().filter(message -> message.id().equals(id)).findFirst();
  }

  private Optional<MailboxMessage> read(Path file) {
    try {
      return Optional.of(JSON.readValue(file.toFile(), Stored.class).message());
    } catch (IOException | RuntimeException e) {
      LOG.warn("The mailbox skips {}, which is not a message: {}", file, e.toString());
      return Optional.empty();
    }
  }

  /// The content of a file.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Stored(
      String id,
      String time,
      String channel,
      String to,
      String subject,
      String text,
      String html,
      MailboxMessage.@Nullable Request request) {
    static Stored of(MailboxMessage message) {
      return new Stored(
          message.id(),
          message.time().toString(),
          message.channel(),
          message.to(),
          message.subject(),
          message.text(),
          message.html(),
          message.request());
    }

    MailboxMessage message() {
      return new MailboxMessage(
          requireNonNull(id, "id is missing"),
          Instant.parse(requireNonNull(time, "time is missing")),
          channel,
          to,
          subject,
          text,
          html,
          request);
    }
  }
}
