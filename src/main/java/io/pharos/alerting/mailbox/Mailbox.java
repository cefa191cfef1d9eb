package io.pharos.alerting.mailbox;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Comparator.comparing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
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
      throw new IllegalArgumentException(capacity + ": the capacity of the mailbox must be at least 1");
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
      JSON.writeValue(half.toFile(), tree(message));
      Files.move(half, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      List<MailboxMessage> all = newestFirst();
      for (MailboxMessage old : all.subList(Math.min(capacity, all.size()), all.size())) {
        Files.deleteIfExists(folder.resolve(old.id() + ".json"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the local mailbox " + folder + " cannot be written; check its permissions", e);
    }
  }

  private ObjectNode tree(MailboxMessage message) {
    ObjectNode tree = JSON.createObjectNode();
    tree.put("id", message.id())
        .put("time", message.time().toString())
        .put("channel", message.channel())
        .put("to", message.to())
        .put("subject", message.subject())
        .put("text", message.text())
        .put("html", message.html());
    MailboxMessage.Request request = message.request();
    if (request != null) {
      ObjectNode node = tree.putObject("request");
      node.put("method", request.method()).put("url", request.url());
      ObjectNode headers = node.putObject("headers");
      request.headers().forEach(headers::put);
      node.put("body", request.body());
    }
    return tree;
  }

  private static MailboxMessage.@Nullable Request request(JsonNode node) {
    if (!node.isObject()) {
      return null;
    }
    var headers = new TreeMap<String, String>();
    node.path("headers")
        .properties()
        .forEach(header -> headers.put(header.getKey(), header.getValue().asText()));
    return new MailboxMessage.Request(
        node.path("method").asText(),
        node.path("url").asText(),
        headers,
        node.path("body").asText());
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
      throw new UncheckedIOException("the local mailbox " + folder + " cannot be read; check its permissions", e);
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
      var tree = JSON.readTree(file.toFile());
      return Optional.of(
          new MailboxMessage(
              tree.path("id").asText(),
              Instant.parse(tree.path("time").asText()),
              tree.path("channel").asText(),
              tree.path("to").asText(),
              tree.path("subject").asText(),
              tree.path("text").asText(),
              tree.path("html").asText(),
              request(tree.path("request"))));
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      LOG.warn("The mailbox skips {}, which is not a message: {}", file, e.toString());
      return Optional.empty();
    }
  }
}
