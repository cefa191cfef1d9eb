/// The channel `email`: mails with a text and an HTML part; a group's mails form one thread. Mail
/// is sent through [io.pharos.alerting.channel.OutgoingMail.Transport].
@NullMarked
package io.pharos.alerting.channel.email;

import org.jspecify.annotations.NullMarked;
