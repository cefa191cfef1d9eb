package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.DutyShift;
import io.pharos.oncall.schedule.MaintenanceWindow;
import io.pharos.oncall.schedule.Rotation;
import io.pharos.oncall.window.PlannedWindows;
import io.pharos.oncall.window.StoredWindow;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// Who is on call. Times are RFC 3339.
///
/// @param overrides those that people made, sorted by begin
/// @param escalations of the open episodes, newest first
@Schema
public record OnCallView(
    String at,
    List<RotationView> rotations,
    List<OverrideView> overrides,
    List<EscalationView> escalations) {

  /// A rotation.
  ///
  /// @param shifts null unless days are requested
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record RotationView(
      String name,
      @Schema(description = "Zone of the hand-overs.") String timezone,
      ShiftView now,
      @Schema(description = "The next shift of another person; absent if there is none.")
          @Nullable ShiftView next,
      @Schema(description = "When nobody is on call in the next 14 days.") List<ShiftView> gaps,
      @Schema(description = "Shifts and gaps of the requested days; absent without days.")
          @Nullable List<ShiftView> shifts) {}

  /// A shift, or a gap.
  public record ShiftView(
      @Schema(description = "Empty if nobody is on call.") String person,
      String from,
      @Schema(description = "At most 400 days away.") String until,
      @Schema(description = "Empty for gaps and overrides.") String layer,
      @Schema(description = "Id of the override that decides; empty if none does.")
          String override) {
    static ShiftView of(DutyShift shift) {
      return new ShiftView(
          shift.person(),
          shift.from().toString(),
          shift.until().toString(),
          shift.layer(),
          shift.override());
    }
  }

  /// An override.
  public record OverrideView(
      String id,
      String rotation,
      String person,
      @Schema(description = "Only this person is replaced; empty for all.")
          @JsonProperty("instead_of")
          String insteadOf,
      @Schema(description = "Whether both people replace each other.") boolean swap,
      String from,
      String until,
      String comment,
      String by,
      @Schema(description = "Whether the rotation and the people are still in oncall.yml.")
          boolean counts) {
    static OverrideView of(DutyOverride override, boolean counts) {
      return new OverrideView(
          override.id(),
          override.rotation(),
          override.person(),
          override.insteadOf(),
          override.swaps(),
          override.from().toString(),
          override.until().toString(),
          override.comment(),
          override.by(),
          counts);
    }
  }

  /// The maintenance windows.
  public record WindowsView(List<WindowView> windows) {
    static WindowsView of(List<PlannedWindows.Planned> planned, Instant now) {
      return new WindowsView(planned.stream().map(it -> WindowView.of(it, now)).toList());
    }
  }

  /// A maintenance window.
  public record WindowView(
      String name,
      List<String> matchers,
      @Schema(description = "Length of each occurrence, for rollouts the maximum.") String duration,
      @Schema(description = "`SERVICE/ENVIRONMENT`; empty if the window is planned.")
          List<String> rollouts,
      @Schema(description = "At most five, at most 400 days away; empty for rollouts.")
          List<OccurrenceView> occurrences,
      String comment,
      @Schema(description = "Who planned it; empty if it is in oncall.yml.") String by) {
    static WindowView of(PlannedWindows.Planned planned, Instant now) {
      MaintenanceWindow window = planned.window();
      return new WindowView(
          window.name(),
          window.matchers().stream().map(LabelMatcher::toString).toList(),
          PromDuration.format(window.duration()),
          window.times() instanceof MaintenanceWindow.Times.Rollouts(List<String> sites)
              ? sites
              : List.of(),
          window.occurrences(now, now.plus(Rotation.HORIZON), List.of()).stream()
              .limit(5)
              .map(it -> new OccurrenceView(it.from().toString(), it.until().toString()))
              .toList(),
          window.comment(),
          planned.stored().map(StoredWindow::by).orElse(""));
    }
  }

  /// When a window is open.
  public record OccurrenceView(String from, String until) {}
}
