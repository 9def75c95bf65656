import Testing

@testable import Gym

/// Agreement with NumPy 2.4.6, which has the same generator under the same name.
@Suite("Philox")
struct PhiloxTests {
  struct Known: CustomTestStringConvertible {
    let seed: UInt64
    let stream: Gym.Stream
    let lane: UInt64
    let trial: UInt64
    let step: UInt64
    let words: [UInt64]

    var testDescription: String { "seed \(seed), lane \(lane), trial \(trial), step \(step)" }
  }

  // u64 = lambda *words: numpy.array(words, numpy.uint64)
  // Philox(key=u64(seed, stream), counter=u64(0, step, trial, lane)).random_raw(9)
  static let known: [Known] = [
    .init(
      seed: 0, stream: .condition, lane: 0, trial: 0, step: 0,
      words: [
        0x64B2_CC5F_6000_75AB, 0xAD9F_62B0_C035_B1A5, 0xB775_E99C_C106_DB63,
        0x9B78_9CA6_B20C_C9B2, 0xF2FB_71C0_7092_42DA, 0x26E2_22AA_5061_53CD,
        0x014A_252B_FCB2_DB36, 0x5CE3_73D6_4E41_DBA6, 0x6577_E68B_D6F5_5514,
      ]),
    .init(
      seed: 97, stream: .trial, lane: 3, trial: 12, step: 0,
      words: [
        0x8FE1_2D54_EAC5_C479, 0x3448_9DD4_EF9D_0781, 0x86EB_469D_9A34_F40F,
        0x6F78_B03D_3B50_DBF7, 0x57A7_855E_73BD_A15F, 0x4F72_AE8C_7652_66BF,
        0x2A75_D94A_8219_8A5C, 0x422E_F88E_CC22_32CF, 0x2220_8D33_58ED_0C09,
      ]),
    .init(
      seed: 97, stream: .stimulusNoise, lane: 3, trial: 12, step: 105,
      words: [
        0xA601_7A54_38FB_DC92, 0x6994_F81C_53E6_BD14, 0xB6B2_5929_7D50_1A1A,
        0xE80E_664D_1E55_6B8A, 0x0046_9D46_08E4_C85E, 0x8754_5253_D47D_28E2,
        0xA62E_6B99_7B8C_1320, 0xE97C_1C1E_74C2_A1C9, 0x95A3_589C_E715_C347,
      ]),
    .init(
      seed: .max, stream: .stimulusNoise, lane: .max, trial: .max, step: .max,
      words: [
        0x5FD4_2511_F340_DBC2, 0x9184_51EB_8944_234C, 0x7004_F3CE_DFFA_230A,
        0xE25C_F4B0_E18D_9AF7, 0xE9CB_9521_1969_A356, 0x66B4_28F2_0B9B_0977,
        0xF06E_6061_3033_E90E, 0x61DB_3BBC_46E9_29D9, 0xAABA_E8CF_38DA_5670,
      ]),
    .init(
      seed: 1, stream: .trial, lane: 0, trial: 0, step: .max,
      words: [
        0xDDEC_20F4_3926_2FA7, 0x978C_6E45_A345_C888, 0xE79A_9EA0_5B46_A1EE,
        0x57FD_1B25_B162_6605, 0xEA98_6F75_37EA_820F, 0xB354_4310_B428_3E9C,
        0xE363_521C_71B5_14B3, 0x3E33_CEC5_AB39_8D51, 0x4D5F_958C_5D6C_CEED,
      ]),
    .init(
      seed: 0, stream: .trial, lane: 1 << 63, trial: 1, step: 1 << 32,
      words: [
        0xCB38_28E1_4678_D105, 0x64EB_1500_93C1_0E68, 0xC3E9_0F39_B72F_C8BA,
        0xBA1E_5D85_F84E_CB26, 0xF281_5F5A_12DC_8739, 0xA9C5_B6C8_09A5_44BE,
        0x6CB1_7281_24A7_023D, 0xE68A_CE17_6BAB_E0A0, 0x3DC8_51DB_F399_68BA,
      ]),
  ]

  @Test("the words are NumPy's, over more than two blocks", arguments: known)
  func wordsOfNumPy(known: Known) {
    var random = Random(
      seed: known.seed, stream: known.stream, lane: known.lane, trial: known.trial,
      step: known.step)
    #expect((0..<known.words.count).map { _ in random.next() } == known.words)
  }

  /// Philox(key=u64(k, k), counter=u64(c, c, c, c)).random_raw(4), where NumPy steps the counter
  /// before the first block: c is one less, as a number of 256 bits.
  @Test("a block is a function of counter and key, up to the last of both")
  func block() {
    let zero = Philox.block(at: (0, 0, 0, 0), key: (0, 0))
    #expect(
      zero == (
        0x1655_4D9E_CA36_314C, 0xDB20_FE9D_672D_0FDC, 0xD7E7_72CE_E186_176B, 0x7E68_B68A_EC7B_A23B
      ))
    let all = UInt64.max
    let last = Philox.block(at: (all, all, all, all), key: (all, all))
    #expect(
      last == (
        0x87B0_92C3_013F_E90B, 0x438C_3C67_BE8D_0224, 0x9CC7_D7C6_9CD7_77B6, 0xA09C_AEBF_594F_0BA0
      ))
    let mixed = Philox.block(at: (1, 2, 3, 4), key: (0, all))
    #expect(
      mixed == (
        0x6E21_5572_FC6F_6A5F, 0xCA2D_12B2_2FE1_B2AC, 0x1896_315D_1BA6_54DB, 0xEEC1_0218_4AC1_4298
      ))
  }

  /// FNV-1a by its definition, in Python:
  ///
  ///     h = 0xcbf29ce484222325
  ///     for byte in name.encode(): h = ((h ^ byte) * 0x100000001b3) % 2**64
  @Test("a stream's key is the FNV-1a hash of its name")
  func streamKeys() {
    #expect(Gym.Stream("").key == 0xCBF2_9CE4_8422_2325)
    #expect(Gym.Stream("timing").key == 0xC228_71E4_E40A_35B7)
    #expect(Gym.Stream.condition == Gym.Stream("condition"))
    #expect(Gym.Stream.condition.key == 0xD447_8272_1750_745E)
    #expect(Gym.Stream.trial == Gym.Stream("trial"))
    #expect(Gym.Stream.trial.key == 0x2417_BBA6_EC30_7133)
    #expect(Gym.Stream.stimulusNoise == Gym.Stream("stimulus noise"))
    #expect(Gym.Stream.stimulusNoise.key == 0xF822_1E04_177F_6F6F)
  }
}
