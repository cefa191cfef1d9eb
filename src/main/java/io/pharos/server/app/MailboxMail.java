package io.pharos.server.app;

import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.alerting.pipeline.NotifyResult;
import java.time.Instant;
import java.time.InstantSource;

/// Stores mail in the local mailbox instead of sending it.
record MailboxMail(Mailbox mailbox, InstantSource clock) implements OutgoingMail.Transport {
  @Override
  public NotifyResult send(OutgoingMail mail, Instant deadline) {
    String id = mail.messageId().replaceAll("[^A-Za-z0-9]+", "-").replaceAll("^-|-$", "");
    mailbox.add(
        new Mailbox.Message(
            id.substring(0, Math.min(id.length(), 100)),
            clock.instant(),
            "email",
            String.join(", ", mail.to()),
            mail.subject(),
            mail.text() == null ? "" : mail.text(),
            mail.html() == null ? "" : mail.html()));
    return new NotifyResult.Sent("kept in the local mailbox");
  }
}
