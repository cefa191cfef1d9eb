/// The receiver `email`: a mail with a text and an HTML part; a group's mails form one thread. Mail
/// leaves through the port `MailTransport`.
@NullMarked
package io.pharos.alerting.channel.email;

import org.jspecify.annotations.NullMarked;
