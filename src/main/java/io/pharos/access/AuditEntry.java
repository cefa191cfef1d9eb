package io.pharos.access;

import io.pharos.model.Quoted;
import java.time.Instant;
import java.util.Locale;

/// A change that somebody made or tried to make. Contains no secrets.
///
/// @param number in the order of recording; 0 for an entry that is not stored yet
/// @param actor name of the person or token; empty if it is unknown
/// @param address the client's address; empty if the change did not come over HTTP
/// @param action method and route, as in `POST /silences/{id}/expire`
/// @param subject what was changed: the parameters of the route, and where the answer leads
/// @param status HTTP status of the answer
public record AuditEntry(
    long number,
    Instant at,
    String actor,
    Means means,
    String address,
    String action,
    String subject,
    int status) {
  /// Maximum length of each text.
  public static final int MAX_TEXT = 400;

  public AuditEntry {
    actor = text(actor);
    address = text(address);
    action = text(action);
    subject = text(subject);
  }

  /* PostgreSQL's text type does not accept NUL. */
  private static String text(String text) {
    return Quoted.cut(text.replace('\0', '?'), MAX_TEXT);
  }

  /// What permitted the change.
  public enum Means {
    /// A session of a person or token.
    SESSION,
    /// A token in a header.
    TOKEN,
    /// The client is on the host of Pharos, and there are neither accounts nor tokens.
    HOST,
    /// A signed link in a message.
    LINK,
    /// A button in a chat.
    CHAT,
    /// Proof of identity at the log-in.
    LOGIN,
    /// A signal to the process.
    SIGNAL,
    /// A file that was read again.
    FILE;

    /// Returns the word for pages and the API.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Whether the change was made.
  public boolean isDone() {
    return status < 400;
  }
}
