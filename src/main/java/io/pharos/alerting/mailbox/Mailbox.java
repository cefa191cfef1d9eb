package io.pharos.alerting.mailbox;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.databind.util.StdConverter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores messages as JSON files in a folder. If the folder has more messages than its capacity,
/// the oldest messages are deleted. Thread-safe.
public final class Mailbox {
  /// How the answer of a delivery begins that only stored the message here.
  public static final String STORED = "stored in the local mailbox";

  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

  private final Path folder;
  private final int capacity;

  /// Opens a mailbox.
  ///
  /// @param folder created if missing
  /// @param capacity maximum number of messages, at least 1
  public Mailbox(Path folder, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          capacity + ": the capacity of the mailbox must be at least 1");
    }
    this.folder = folder;
    this.capacity = capacity;
  }

  /// Stores a message; replaces an earlier message with the same id.
  public synchronized void add(Message message) {
    try {
      Files.createDirectories(folder);
      Path file = folder.resolve(message.id() + ".json");
      Path temporary = folder.resolve(message.id() + ".tmp");
      JSON.writeValue(temporary.toFile(), message);
      Files.move(
          temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      List<Message> messages = newestFirst();
      for (Message old : messages.subList(Math.min(capacity, messages.size()), messages.size())) {
        Files.deleteIfExists(folder.resolve(old.id() + ".json"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the local mailbox " + folder + " cannot be written; check its permissions", e);
    }
  }

  /// Returns all messages, newest first; skips unreadable files.
  public synchronized List<Message> newestFirst() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    var messages = new ArrayList<Message>();
    try (var files = Files.newDirectoryStream(folder, "*.json")) {
      for (Path file : files) {
        read(file).ifPresent(messages::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the local mailbox " + folder + " cannot be read; check its permissions", e);
    }
    messages.sort(comparing(Message::time).reversed().thenComparing(Message::id));
    return List.copyOf(messages);
  }

  /// Returns the message with an id; empty if there is none.
  public Optional<Message> get(String id) {
    return newestFirst().stream().filter(message -> message.id().equals(id)).findFirst();
  }

  private Optional<Message> read(Path file) {
    try {
      return Optional.of(JSON.readValue(file.toFile(), Message.class));
    } catch (IOException | RuntimeException e) {
      LOG.warn("The mailbox skips {}, which is not a message: {}", file, e.toString());
      return Optional.empty();
    }
  }

  /// A message as its reader would have received it.
  ///
  /// @param id letters, digits and dashes. All attempts of a delivery have the same id, so the
  ///   message of a later attempt replaces that of an earlier attempt
  /// @param channel type of the channel, such as `email` or `slack`
  /// @param to the address or chat channel
  /// @param subject subject of a mail, or the first text of a chat preview
  /// @param text the plain text; empty if there is a request
  /// @param html the formatted text; empty if the channel has no formatted text
  /// @param request the HTTP request that would have been sent; null for mail
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Message(
      String id,
      @JsonSerialize(using = ToStringSerializer.class)
          @JsonDeserialize(converter = Message.TimeReader.class)
          Instant time,
      String channel,
      String to,
      String subject,
      String text,
      String html,
      @Nullable Request request) {
    /// Parses the time of a message in its file.
    static final class TimeReader extends StdConverter<String, Instant> {
      @Override
      public Instant convert(String text) {
        return Instant.parse(text);
      }
    }

    /// An HTTP request in which placeholders replace the secrets.
    public record Request(String method, String url, Map<String, String> headers, String body) {
      public Request {
        requireNonNull(method, "method is null");
        requireNonNull(url, "url is null");
        headers = new TreeMap<>(headers);
        requireNonNull(body, "body is null");
      }
    }

    /// Creates a mail.
    public Message(
        String id,
        Instant time,
        String channel,
        String to,
        String subject,
        String text,
        String html) {
      this(id, time, channel, to, subject, text, html, null);
    }

    public Message {
      if (!id.matches("[A-Za-z0-9-]{1,100}")) {
        throw new IllegalArgumentException(
            "'" + id + "' is not an id, expected up to 100 letters, digits and dashes");
      }
      requireNonNull(time, "time is null");
      requireNonNull(channel, "channel is null");
      requireNonNull(to, "to is null");
      requireNonNull(subject, "subject is null");
      requireNonNull(text, "text is null");
      requireNonNull(html, "html is null");
    }
  }
}
