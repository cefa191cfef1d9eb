/// The receivers `msteams` and `msteamsv2`: cards to Microsoft Teams.
@NullMarked
package io.pharos.alerting.notify.msteams;

import org.jspecify.annotations.NullMarked;
