package io.pharos.alerting.notify.email;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.channel.MailTransport;
import io.pharos.alerting.notify.channel.OutgoingMail;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.GroupHash;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.Phrase;
import io.pharos.alerting.notify.message.TemplateRun;
import io.pharos.config.alertmanager.MessageSettings;
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

/// Writes a group's mails: text and HTML, one thread per group, the subject constant through an
/// episode. The user's `html`, `text` and headers win over the built-in ones.
public final class EmailNotifier implements Notifier {
  private static final int SUBJECT = 200;
  private static final int HEADER = 900;
  private static final int PART = 500_000;

  /* Headers that the transport writes itself or that OutgoingMail has fields for. */
  private static final Set<String> OWN_FIELDS =
      Set.of("subject", "message-id", "content-type", "mime-version");

  private final EmailConfig config;
  private final MailTransport transport;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  public EmailNotifier(
      EmailConfig config,
      MailTransport transport,
      MessageTemplates templates,
      MessageComposer composer) {
    this.config = requireNonNull(config, "config is null");
    this.transport = requireNonNull(transport, "transport is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.composer = requireNonNull(composer, "composer is null");
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    OutgoingMail mail;
    try {
      mail = mail(notification);
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    } catch (IllegalArgumentException e) {
      return new NotifyResult.Rejected(String.valueOf(e.getMessage()));
    }
    return transport.send(mail, deadline);
  }

  /// The mail of a notification.
  ///
  /// @throws IOException when a secret's file can't be read
  /// @throws IllegalArgumentException when an address is none
  OutgoingMail mail(Notification notification) throws IOException {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    List<MailAddress> to =
        MailAddress.parseList(run.text("email to", config.to()).orElse(config.to()));
    MailAddress from =
        MailAddress.parse(run.text("email from", config.from()).orElse(config.from()));
    String domain = from.domain();
    String subject = subject(message, run);
    var headers = headers(notification, domain, run);
    Optional<String> userText =
        config.text().isEmpty() ? Optional.empty() : run.text("email text", config.text());
    boolean ownHtml = templates.isBuiltIn(config.html(), EmailConfig.DEFAULT_HTML);
    Optional<String> userHtml = ownHtml ? Optional.empty() : run.html("email html", config.html());
    Message told = message;
    for (String failure : run.failures()) {
      told = told.withNote(failure);
    }
    String html = config.html().isEmpty() ? null : userHtml.orElse(MailBody.html(told));
    // Alertmanager sends no text part of its own; a note needs one, since the user's HTML has none.
    boolean needsText = html == null || !config.text().isEmpty() || !told.notes().isEmpty();
    String text =
        isAlertmanagers() && !needsText
            ? null
            : userText.isPresent() ? noted(userText.get(), told) : MailBody.text(told);
    return new OutgoingMail(
        sender(from, message).toString(),
        to.stream().map(MailAddress::toString).toList(),
        subject,
        headers,
        text == null ? null : Clip.to(PART, text),
        html == null ? null : Clip.to(PART, html),
        "<" + token(notification.deliveryId()) + "@" + domain + ">",
        server());
  }

  private boolean isAlertmanagers() {
    return templates.defaults() == MessageSettings.Defaults.ALERTMANAGER;
  }

  /// The user's text with the notes that the built-in one would carry.
  private static String noted(String text, Message message) {
    return message.notes().isEmpty()
        ? text
        : text + "\n\n" + String.join("\n", message.notes()) + "\n";
  }

  /// The subject stays the same through an episode, so that mails stay together; a sender without a
  /// name therefore carries the state, which phones show first.
  private MailAddress sender(MailAddress from, Message message) {
    return from.name().isEmpty() && !isAlertmanagers()
        ? new MailAddress("Pharos " + message.state(), from.address())
        : from;
  }

  private String subject(Message message, TemplateRun run) {
    String severity = message.severity().in(message.language());
    String own =
        "["
            + (severity.isEmpty() ? Phrase.ALERT.in(message.language()) : severity)
            + "] "
            + message.subject();
    String user = config.headers().getOrDefault("Subject", EmailConfig.DEFAULT_SUBJECT);
    if (templates.isBuiltIn(user, EmailConfig.DEFAULT_SUBJECT)) {
      return Clip.line(SUBJECT, own);
    }
    return Clip.line(SUBJECT, run.text("email subject", user).orElse(own));
  }

  private Map<String, String> headers(Notification notification, String domain, TemplateRun run) {
    String group = GroupHash.of(notification.groupKey());
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
              if (!OWN_FIELDS.contains(name.toLowerCase(java.util.Locale.ROOT))
                  && name.matches("[!-9;-~]+")) {
                headers.put(
                    names.getOrDefault(name, name),
                    Clip.line(HEADER, run.text("email header " + name, template).orElse("")));
              }
            });
    headers.values().removeIf(String::isEmpty);
    return headers;
  }

  /// What may stand left of the @ of a message id.
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
