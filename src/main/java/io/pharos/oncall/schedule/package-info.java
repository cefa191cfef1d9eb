/// Who is on call: people, rotations and policies of `notifications/oncall.yml`, and overrides.
@NullMarked
package io.pharos.oncall.schedule;

import org.jspecify.annotations.NullMarked;
