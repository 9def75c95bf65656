import Console
import Gym
import Learning

// What can be chosen by a word on the command line.

extension Baseline: ArgumentValue {}
extension UnitKind: ArgumentValue {}
extension Eligibility: ArgumentValue {}
extension ErrorExpectation: ArgumentValue {}
extension ExpectationTime: ArgumentValue {}
