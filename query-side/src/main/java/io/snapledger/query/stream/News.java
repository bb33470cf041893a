package io.snapledger.query.stream;

import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.query.ChangeView;
import java.util.List;

/** What a listener is told next. */
public sealed interface News {

    /** What became true since, in the order of the log, and how far long steps are by now. */
    record Told(List<ChangeView> changes, List<OperationProgress> progress) implements News {
        public Told {
            changes = List.copyOf(changes);
            progress = List.copyOf(progress);
        }
    }

    /** Nothing came in time. */
    record Nothing() implements News {}

    /** Nothing more will come from here. */
    record Ended() implements News {}
}
