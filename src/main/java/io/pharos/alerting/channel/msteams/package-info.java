/// The channels `msteams` and `msteamsv2`: cards to Microsoft Teams.
@NullMarked
package io.pharos.alerting.channel.msteams;

import org.jspecify.annotations.NullMarked;
