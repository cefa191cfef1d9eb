package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.DutyShift;
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
}
