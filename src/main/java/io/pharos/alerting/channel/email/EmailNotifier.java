package io.pharos.alerting.channel.email;

import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Sends mails with a text and an HTML part. All mails of an alert group form one thread by their
/// references; the subject says whether the group fires or is resolved. The user's `html`, `text`
/// and headers replace the built-in texts and headers.
record EmailNotifier(EmailConfig config, ChannelTools tools) implements Notifier {
  private static final int MAX_SUBJECT = 200;
  private static final int MAX_HEADER = 900;
  private static final int MAX_PART = 500_000;

  /* Headers that are not copied from the configuration, because the transport writes them or they
   * are components of OutgoingMail. */
  private static final Set<String> NOT_COPIED =
      Set.of("subject", "message-id", "content-type", "mime-version");

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    OutgoingMail mail;
    try {
      mail = mail(notification);
    } catch (IOException e) {
      return NotifyResult.Retryable.unreadable(e);
    } catch (IllegalArgumentException e) {
      return new NotifyResult.Rejected(String.valueOf(e.getMessage()));
    }
    return tools.mail().send(mail, deadline);
  }

  /// Writes the mail of a notification.
  ///
  /// @throws IOException if a secret file cannot be read
  /// @throws IllegalArgumentException if an address is invalid
  OutgoingMail mail(Notification notification) throws IOException {
    MessageDraft draft = tools.draft(config, notification);
    Message message = draft.message();
    List<MailAddress> to =
        MailAddress.parseList(draft.expand("to", config.to()).orElse(config.to()));
    MailAddress from = MailAddress.parse(draft.expand("from", config.from()).orElse(config.from()));
    String domain = from.domain();
    String subject = subject(draft);
    var headers = headers(draft, domain);
    Optional<String> userText = draft.expandIfSet("text", config.text());
    boolean builtInHtml = draft.isBuiltIn(config.html(), EmailConfig.DEFAULT_HTML);
    Optional<String> userHtml = builtInHtml ? Optional.empty() : draft.html("html", config.html());
    List<String> notes = draft.notes();
    String html = config.html().isEmpty() ? null : userHtml.orElse(MailBody.html(message, notes));
    // Alertmanager's message has no text part. Notes require a text part, because the user's HTML
    // does not show them.
    boolean needsText = html == null || !config.text().isEmpty() || !notes.isEmpty();
    String text =
        draft.isAlertmanagers() && !needsText
            ? null
            : userText.isPresent()
                ? withNotes(userText.get(), notes)
                : MailBody.text(message, notes);
    return new OutgoingMail(
        sender(from, draft).toString(),
        to.stream().map(MailAddress::toString).toList(),
        subject,
        headers,
        text == null ? null : TextLimit.to(MAX_PART, text),
        html == null ? null : TextLimit.to(MAX_PART, html),
        "<" + token(notification.deliveryId()) + "@" + domain + ">",
        server());
  }

  /// Appends notes to the user's text.
  private static String withNotes(String text, List<String> notes) {
    return notes.isEmpty() ? text : text + "\n\n" + String.join("\n", notes) + "\n";
  }

  /// Returns the sender. If the configured address has no name, the state becomes its name, which
  /// phones display first.
  private static MailAddress sender(MailAddress from, MessageDraft draft) {
    return from.name().isEmpty() && !draft.isAlertmanagers()
        ? new MailAddress("Pharos " + draft.message().state(), from.address())
        : from;
  }

  private String subject(MessageDraft draft) {
    Message message = draft.message();
    boolean isUnrated = message.firing() && message.severity().name().isEmpty();
    String kind = isUnrated ? Phrase.ALERT.in(message.language()) : message.badge();
    String builtInSubject = "[" + kind + "] " + message.subject();
    String user = config.headers().getOrDefault("Subject", EmailConfig.DEFAULT_SUBJECT);
    if (draft.isBuiltIn(user, EmailConfig.DEFAULT_SUBJECT)) {
      return TextLimit.line(MAX_SUBJECT, builtInSubject);
    }
    return TextLimit.line(MAX_SUBJECT, draft.expand("subject", user).orElse(builtInSubject));
  }

  private Map<String, String> headers(MessageDraft draft, String domain) {
    Notification notification = draft.notification();
    String group = notification.groupHash();
    String root = "<pharos-" + group.substring(0, 32) + "@" + domain + ">";
    var headers = new LinkedHashMap<String, String>();
    headers.put("In-Reply-To", root);
    headers.put("References", root);
    headers.put("Auto-Submitted", "auto-generated");
    headers.put("X-Auto-Response-Suppress", "All");
    headers.put("X-Pharos-Group", group);
    headers.put("X-Pharos-Delivery", token(notification.deliveryId()));
    var names = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    headers.keySet().forEach(name -> names.put(name, name));
    config
        .headers()
        .forEach(
            (name, template) -> {
              if (!NOT_COPIED.contains(name.toLowerCase(java.util.Locale.ROOT))
                  && name.matches("[!-9;-~]+")) {
                headers.put(
                    names.getOrDefault(name, name),
                    TextLimit.line(
                        MAX_HEADER, draft.expand("header " + name, template).orElse("")));
              }
            });
    headers.values().removeIf(String::isEmpty);
    return headers;
  }

  /// Replaces characters of an id that the local part of a message id may not contain.
  private static String token(String deliveryId) {
    return deliveryId.replaceAll("[^A-Za-z0-9._=-]", "-");
  }

  private OutgoingMail.Server server() throws IOException {
    return new OutgoingMail.Server(
        config.smarthost(),
        config.hello(),
        config.requireTls(),
        config.implicitTls(),
        config.tls(),
        login());
  }

  private OutgoingMail.@Nullable Login login() throws IOException {
    if (config.authUsername().isEmpty()) {
      return null;
    }
    return new OutgoingMail.Login(
        config.authUsername(),
        secret(config.authPassword()),
        secret(config.authSecret()),
        config.authIdentity());
  }

  private static @Nullable Secret secret(SecretSource value) throws IOException {
    return value.read().map(Secret::new).orElse(null);
  }
}
